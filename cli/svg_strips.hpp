// The strips of a trace's picture: the two wires and what their bytes mean.
// Private to the picture of a trace.
#pragma once

#include "svg_layout.hpp"
#include "svg_page.hpp"

namespace picoctl::cli::svg_page {

void draw_strip(Page& page, const Strip& strip, const trace::Transaction& transaction,
                const Layout& layout, std::size_t number);

// "1. The Pi asks …": what the transaction is, in a sentence.
void draw_caption(Page& page, const Strip& strip,
                  const std::vector<trace::Transaction>& transactions);

void draw_legend(Page& page, double top, const std::vector<trace::Transaction>& transactions);

}  // namespace picoctl::cli::svg_page
