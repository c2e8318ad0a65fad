"""Speech that lies in a file: read at any rate, through the same gate and recognisers as a call's."""
