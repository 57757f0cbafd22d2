"""Pure rules: values in, values out. No storage, no words, no clock, no library that does I/O."""
