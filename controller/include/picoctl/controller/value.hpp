// Value: an argument or a reply whose type is known only when the program runs.
//
//   description           as an argument                          in a reply
//   bool                  true, 1, "on" "true" "yes" "high" "1"   true
//   u8 .. i64             a whole number, "12", "0x0c", "-3"      a number
//   f32, f64              a number, "2.5", "nan", "-inf"          a number (null: not finite)
//   u8{input=0,…}         the name or the number                  the name
//   str<N>                a string of at most N bytes of UTF-8    a string
//   bytes<N>              binary, an array of 0-255, a string     binary
//                         ("0x0102" is hex, any other its bytes)
//   T*N                   an array of N; "1,2,3"; "[1,2,3]"       an array
//   (x:i16,y:i16)         an object, an array; their JSON text    an object
//
// A command's reply is an object with one member per named field, or null if it has none.
#pragma once

#include <nlohmann/json.hpp>

namespace picoctl {

using Value = nlohmann::json;

}  // namespace picoctl
