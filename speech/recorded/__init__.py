"""Speech in files: any sample rate, through the voice gate and recognisers of calls."""
