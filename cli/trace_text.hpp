// A transaction on the wires as text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "picoctl/controller/trace.hpp"
#include "style.hpp"

namespace picoctl::cli {

namespace trace = controller::trace;

// One line per field: who sends, bytes, ACK, name, value. Lines without newlines.
std::vector<std::string> trace_lines(const trace::Transaction& transaction, const Style& style);

// Three lines per segment, in columns: names, bytes, values.
std::vector<std::string> trace_table(const trace::Transaction& transaction, const Style& style);

// "147 bits, 1.47 ms"; "" where times are not known.
std::string trace_size(const trace::Transaction& transaction);

// What the transaction comes to: "led: DONE", "HELLO: DONE", "register light1 written".
std::string trace_summary(const trace::Transaction& transaction);

nlohmann::json trace_json(const trace::Transaction& transaction);

}  // namespace picoctl::cli
