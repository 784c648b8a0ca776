#pragma once

#include <string>

namespace sotto::cli {

/// "sotto: <sentence>" on a line of stderr.
void print_error(const std::string& sentence);

/// `text` on stdout, at once. Throws io when it cannot be written (a full disk, say).
void print(const std::string& text);

}  // namespace sotto::cli
