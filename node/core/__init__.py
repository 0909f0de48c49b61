"""Pure decisions of the node, one module per noun.

Nothing here reads a clock, draws randomness, opens a file or a socket, awaits, or looks at the environment:
`now` and identifiers are arguments, effects are values. `ruff.toml` beside this file holds the rule.
"""
