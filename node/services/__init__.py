"""Use cases: load, let the core decide, record and queue; each write is one transaction.

A service is a plain function of a `Session`, an `Acting` and its arguments. It runs inside `Store.write` (or
`Store.read`), raises `protocol.errors` for anything it refuses, and returns the JSON view that the API
answers.
"""
