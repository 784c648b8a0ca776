#pragma once

#include <string>

namespace sotto::cli {

/// What holds for the whole process, to be set up before anything else is done and before there are
/// threads:
/// - Descriptors 0, 1 and 2 are open, so that no file of ours becomes one of them. In the place of
///   a closed one stands what cannot be read (0) or written (1), which is told where it is tried;
///   errors (2) go nowhere.
/// - SIGPIPE and SIGXFSZ end nothing: what cannot be written is told as any other failure.
/// - SIGINT, SIGTERM and SIGHUP, where they are not ignored (nohup), end the process by that signal
///   after all children are ended, all that is unfinished is removed, and a sentence.
/// - A mapped file that is cut short ends it likewise, with a sentence that names the file and exit
///   code 1 (guard_mappings()).
void set_up_process();

/// What the sentence about a signal adds from now on.
void say_when_interrupted(const std::string& text);

}  // namespace sotto::cli
