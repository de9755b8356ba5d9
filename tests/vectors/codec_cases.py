"""The values of codec.json, by their type's name in a description; its rules: codec.hpp."""

MODE = "u8{input=0,output=1}"
LEVEL = "i16{low=0,high=1000}"
POINT = "(x:i16,y:i16[mm])"
NESTED = "(id:u8,at:(x:i16,y:i16[mm])*2,mode:u8{input=0,output=1})"

VALUES = {
    "bool": [False, True],
    "u8": ["0", "1", "255"], "u16": ["0", "258", "65535"], "u32": ["0", "16909060", "4294967295"],
    "u64": ["0", "72623859790382856", "18446744073709551615"],
    "i8": ["0", "-1", "127", "-128"], "i16": ["-2", "32767", "-32768"],
    "i32": ["-3", "2147483647", "-2147483648"],
    "i64": ["-4", "9223372036854775807", "-9223372036854775808"],
    "f32": ["0", "-0.0", "1.5", "-2.25", "inf", "-inf", "1e-45", "3.4028234663852886e+38"],
    "f64": ["0", "3.141592653589793", "-1e300", "inf", "5e-324"],
    MODE: ["input", "output"], LEVEL: ["low", "high"],
    "str<8>": ["", "pico", "12345678", "\u00b5s"],
    "bytes<4>": ["", "00", "00ff8001"],
    "u16*4": [["1", "2", "3", "65535"]], "bool*2": [[True, False]],
    "str<3>*2": [["a", "bcd"], ["", ""]],
    POINT: [{"x": "-1", "y": "300"}],
    NESTED: [{"id": "7", "at": [{"x": "1", "y": "2"}, {"x": "-3", "y": "-4"}], "mode": "output"}],
    "()": [{}],
}

MALFORMED = [
    ("bool", "02", "neither 0 nor 1"), ("bool", "ff", "neither 0 nor 1"), ("bool", "", "nothing"),
    ("bool", "0100", "a byte left over"), ("u16", "01", "cut short"), ("u16", "010203", "too long"),
    ("u64", "01020304050607", "cut short"), ("i8", "", "nothing"), ("f32", "000000", "cut short"),
    ("f64", "00000000000000", "cut short"), (MODE, "02", "no such enumerator"),
    (MODE, "", "nothing"), (LEVEL, "0100", "no such enumerator"), (LEVEL, "e8", "cut short"),
    ("str<8>", "0931323334353637383a", "longer than 8"), ("str<8>", "0461", "cut short"),
    ("str<8>", "", "no length"), ("bytes<4>", "050000000000", "longer than 4"),
    ("bytes<4>", "0200", "cut short"), ("bytes<4>", "020000" "00", "a byte left over"),
    ("u16*4", "01000200030004", "cut short"), ("u16*4", "010002000300040005", "a byte left over"),
    ("bool*2", "0102", "the second is neither 0 nor 1"),
    ("str<3>*2", "0161", "one element missing"),
    (POINT, "ffff2c", "cut short"), (NESTED, "070100020003000400" "02", "no such enumerator"),
    ("()", "00", "a byte left over"),
]
