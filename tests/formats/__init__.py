"""Files as each format of the journal left them, and the story they were made with."""
