"""Pages: what a person sees who opens an address of this node in a browser."""
