"""What answers on the node's address: federation, discovery, the owner's API, events and operations."""
