"""How somebody is told what happens: live pages, notifications, devices, the calendar."""
