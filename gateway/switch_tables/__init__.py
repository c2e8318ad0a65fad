"""Tables of telephones, queues and trunks, brought into the settings as files of their own."""
