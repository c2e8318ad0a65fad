"""Members of staff by WeChat: who is bound, what they are told, what they say."""
