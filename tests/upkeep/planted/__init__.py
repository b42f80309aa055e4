"""Migrations of tests alone; Django loads them anew whenever it looks."""
