"""What Freehold nodes say to each other, without saying it: parsing, signing, verifying, deciding.

Everything in this package is sans-IO: no clock, no randomness, no files, no sockets, no `await`. The time,
random bytes and fetched documents enter as arguments, so every rule is tested with plain values. It imports
`schemas` and libraries, never `node`.
"""
