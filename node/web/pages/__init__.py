"""The pages: what people see and do here in a browser."""
