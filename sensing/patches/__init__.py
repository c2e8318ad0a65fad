"""Change patches (变化图斑) of remote sensing: imported, joined with beats, given out to inspectors."""
