"""What leaves this node: fetched documents, looked-up actors, delivered activities.

`client` owns the only HTTP session, `guard` decides where a connection may go, `double_knock` how a request
is signed; `directory` knows the actors of others. `worker` brings what is queued to where it goes, in the
kinds of envelopes that `envelopes` knows.
"""
