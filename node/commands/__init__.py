"""The command line's verbs: one module per noun, loaded only when that noun is typed."""
