#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sotto {

struct PickleValue;

// What a pickle can hold. Names, texts and bytes point into the pickle's bytes.
struct PickleNone {};
/// A bytes or a bytearray.
struct PickleBytes {
  std::string_view bytes;
};
struct PickleTuple {
  std::vector<const PickleValue*> items;
};
struct PickleList {
  std::vector<const PickleValue*> items;
};
/// A set or a frozenset, in the order of its writer.
struct PickleSet {
  std::vector<const PickleValue*> items;
};
/// A dict or a collections.OrderedDict, in the order of insertion.
struct PickleDict {
  std::vector<std::pair<const PickleValue*, const PickleValue*>> items;
};
/// A class or function by name. It is a name and nothing else: nothing is imported or called.
struct PickleGlobal {
  std::string_view module;
  std::string_view name;
};
/// Something that the writer keeps outside of the pickle, by the key that it chose.
struct PicklePersistentId {
  const PickleValue* key = nullptr;
};
/// What the pickle says would be made by calling `function`.
struct PickleCall {
  PickleGlobal function;
  const PickleValue* arguments = nullptr;  ///< always a tuple
  const PickleValue* state = nullptr;      ///< what the result would be given; null when nothing
};
/// An object of a class, with the state it would be given; null when there is none.
struct PickleObject {
  PickleGlobal type;
  const PickleValue* state = nullptr;
};

struct PickleValue {
  std::variant<PickleNone, bool, std::int64_t, double, std::string_view, PickleBytes, PickleTuple,
               PickleList, PickleSet, PickleDict, PickleGlobal, PicklePersistentId, PickleCall,
               PickleObject>
      data;

  /// Null when the value is not a T.
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
};

/// "a dict", "an integer", …: for messages.
[[nodiscard]] std::string_view kind_of(const PickleValue& value);

/// "module.name"
[[nodiscard]] std::string to_string(const PickleGlobal& global);

/// The value of a text key; null when the dict has none. Where a key stands twice the last one
/// counts, as in Python.
[[nodiscard]] const PickleValue* find(const PickleDict& dict, std::string_view key);

/// What a pickle may name, besides collections.OrderedDict.
struct PickleRules {
  std::span<const PickleGlobal> globals;  ///< may stand by themselves and be called
  std::span<const PickleGlobal> classes;  ///< objects may be of these
  /// Objects may be of classes of this module and of those below it; empty allows none.
  std::string_view class_module;
};

/// A read pickle: a tree (with shared parts) of plain values. Values may refer to their own
/// ancestors, so a walk must bound its depth.
class Pickle {
 public:
  [[nodiscard]] const PickleValue& root() const { return *root_; }
  /// All values that were made, also those that root() does not lead to.
  [[nodiscard]] const std::deque<PickleValue>& values() const { return values_; }
  /// Its bytes, up to and with STOP.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  friend Pickle read_leading_pickle(std::span<const std::byte>, const std::string&,
                                    const PickleRules&);
  std::deque<PickleValue> values_;
  const PickleValue* root_ = nullptr;
  std::size_t size_ = 0;
};

/// Reads a pickle of the protocols 2 to 5 (Python's Lib/pickletools.py describes the opcodes)
/// within the subset that PyTorch writes. Nothing is executed: what Python would call becomes a
/// PickleCall or PickleObject. Opcodes outside the subset, globals outside the rules and whatever
/// exceeds the limits (16 MiB, 2^20 values, nesting of 64 marks) are refused by name. `source`
/// names the file in messages; `bytes` must outlive the result. Throws format or unsupported.
[[nodiscard]] Pickle read_pickle(std::span<const std::byte> bytes, const std::string& source,
                                 const PickleRules& rules);

/// The same for a pickle that other bytes follow.
[[nodiscard]] Pickle read_leading_pickle(std::span<const std::byte> bytes,
                                         const std::string& source, const PickleRules& rules);

}  // namespace sotto
