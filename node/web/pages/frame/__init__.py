"""What every page is made with: the table's entry, who is let in, how it is answered and drawn."""
