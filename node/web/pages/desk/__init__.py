"""The desk of a business: what to do next, its wishes, prices and customers. A person is addressed as Sie."""
