"""Federation: the inbox and the documents that other servers read."""
