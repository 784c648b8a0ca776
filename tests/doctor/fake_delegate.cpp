// TFLite's stable delegate of a board, as far as it is looked for.

extern "C" {
int TFL_TheStableDelegate = 1;
}
