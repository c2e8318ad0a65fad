"""The switch's configuration: rendered from `asterisk-conf/`, and examined by the doctor."""
