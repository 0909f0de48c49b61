"""What leaves this node: fetched documents, looked-up actors, delivered activities.

`client` owns the only HTTP session, `guard` decides where a connection may go, `knocks` how a request is
signed; `flows` knows the actors of others, `worker` brings the queued activities to their inboxes.
"""
