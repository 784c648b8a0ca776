#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

namespace sotto {

/// For a program, once, before it has threads: a mapped file of which another process cuts off the
/// end, or whose disk fails, is from now on reported by a sentence that names it, where otherwise
/// SIGBUS would end the process. Whoever maps it, ourselves or another library (LiteRT reads models
/// so), in whatever thread: the thread that touched what is no longer there never goes on, so that
/// no result is made of it, and `report` is called in a thread of the guard's own, from which it
/// must end the process. What is still to be removed then is remove_unfinished()'s.
/// Throws std::system_error when there can be no such thread.
///
/// A library must not do so unasked, for signals are the program's: without this call a mapping is
/// as dangerous as mappings are.
void guard_mappings(std::function<void(const std::string& sentence)> report);

/// Reads a byte of each page where mappings are guarded; else does nothing. For bytes that a system
/// call could not read (EFAULT): if a file was cut short the guard takes over here.
void touch_guarded(std::span<const std::byte> bytes);

}  // namespace sotto
