#include <csignal>

// A library that takes its process with it when it is loaded.

__attribute__((constructor)) static void crash() { std::raise(SIGABRT); }
