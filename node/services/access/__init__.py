"""How the owner gets into the pages: sign-ins, links that open one, what proves that it is the owner."""
