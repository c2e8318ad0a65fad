"""What a caller hears before a person answers: flows as YAML, the engine that runs them, prompts."""
