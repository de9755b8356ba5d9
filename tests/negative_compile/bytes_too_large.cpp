// refused: does not fit a frame
#include "picoctl/link/codec.hpp"

picoctl::Bytes<240> bytes;
