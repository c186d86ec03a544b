"""Pure statistics: arrays in, arrays or small frozen results out; no column names."""
