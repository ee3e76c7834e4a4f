"""The console: its shell, its forms, its pages."""
