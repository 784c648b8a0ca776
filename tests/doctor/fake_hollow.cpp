// A library of a NeuronAdapter's name without its functions.

extern "C" int Neuron_getVersion(void* /*version*/) { return 0; }
