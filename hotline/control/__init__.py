"""Call control: what people do with a call that runs, each verb once and in turn."""
