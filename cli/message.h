#pragma once

#include <string>
#include <vector>

namespace sotto::cli {

// All that the program writes to a terminal goes through here, made fit to be shown (shown.h).

/// "sotto: <sentence>" on a line of stderr, in the place of the status line; options that the
/// sentence marks are spelled as flags.
void print_error(const std::string& sentence);

/// The same for each sentence of what a person should know, though nothing failed.
void print_notes(const std::vector<std::string>& notes);

/// `text` on stdout, at once, in the place of the status line. Throws io when it cannot be written
/// (a full disk, a reader that has gone).
void print(const std::string& text);

/// JSON on stdout, as print() does.
void print_json(const std::string& json);

/// A line on stderr that stays until the next, or until something else is printed.
void show_status(const std::string& line);
void clear_status();

/// For the thread that ends the process: no other prints from now on, but waits for the end. One
/// that is printing is waited for, a second at most: nobody may be reading.
void take_output();

/// For main(), whose return ends the process: as take_output(), but behind whoever has taken it.
void wait_for_output();

/// print_error() for whoever has taken the output; nothing where nobody reads it now.
void print_last_error(const std::string& sentence);

}  // namespace sotto::cli
