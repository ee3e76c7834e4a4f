"""How this server shows whose it is (R64): a name, a colour, a logo, and where privacy and support are explained."""
