#include "core/archive/pickle_reader.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "core/archive/byte_reader.h"
#include "core/archive/pickle_opcodes.h"
#include "core/archive/printable.h"
#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::size_t kMostValues = 1 << 20;
constexpr std::size_t kMostMarks = 64;
constexpr std::size_t kMostBytes = 16 << 20;  // a hundred times what the largest model needs
constexpr std::uint8_t kFirstProtocol = 2;
constexpr std::uint8_t kLastProtocol = 5;

bool is_ordered_dict(const PickleGlobal& global) {
  return global.module == "collections" && global.name == "OrderedDict";
}

bool is_below(std::string_view module, std::string_view top) {
  return module.starts_with(top) && (module.size() == top.size() || module[top.size()] == '.');
}

bool is_one_of(std::span<const PickleGlobal> allowed, const PickleGlobal& global) {
  return std::any_of(allowed.begin(), allowed.end(), [&](const PickleGlobal& one) {
    return one.module == global.module && one.name == global.name;
  });
}

std::string name_of(std::uint8_t code) {
  const std::string_view name = pickle_opcode_name(code);
  return name.empty() ? concat("byte ", int{code}, ", which is no opcode")
                      : concat("opcode ", name);
}

// The stack machine of the format, over values that are only ever data.
class Machine {
 public:
  Machine(std::span<const std::byte> bytes, const std::string& source, const PickleRules& rules,
          std::deque<PickleValue>& values)
      : reader_(bytes, source), source_(source), rules_(rules), values_(values) {}

  const PickleValue* run() {
    if (take<std::uint8_t>() != static_cast<std::uint8_t>(PickleOp::protocol)) {
      refuse("expected a pickle, which begins with byte 128");
    }
    protocol_ = take<std::uint8_t>();
    if (protocol_ < kFirstProtocol || protocol_ > kLastProtocol) {
      fail(ErrorKind::unsupported, source_,
           ": expected a pickle of the protocols 2 to 5, found protocol ", int{protocol_});
    }
    for (;;) {
      const auto code = take<std::uint8_t>();
      if (code == static_cast<std::uint8_t>(PickleOp::stop)) break;
      step(code);
    }
    const PickleValue* root = pop();
    if (!stack_.empty() || !marks_.empty()) refuse("expected one value at the end, found more");
    return root;
  }

  std::size_t position() const { return reader_.position(); }

 private:
  using Items = std::vector<const PickleValue*>;

  void step(std::uint8_t code) {
    const auto op = static_cast<PickleOp>(code);
    if (pickle_protocol_of(op) > protocol_ ||
        (!read_constant(op) && !read_text(op) && !read_container(op) && !read_memo(op) &&
         !read_object(op))) {
      fail(ErrorKind::unsupported, source_, ": expected only the pickle opcodes of tensors, found ",
           name_of(code), " at byte ", reader_.position() - 1);
    }
  }

  bool read_constant(PickleOp code) {
    switch (code) {
      case PickleOp::none:
        push(PickleNone{});
        return true;
      case PickleOp::new_true:
        push(true);
        return true;
      case PickleOp::new_false:
        push(false);
        return true;
      case PickleOp::bin_int:
        push(std::int64_t{std::bit_cast<std::int32_t>(take<std::uint32_t>())});
        return true;
      case PickleOp::bin_int1:
        push(std::int64_t{take<std::uint8_t>()});
        return true;
      case PickleOp::bin_int2:
        push(std::int64_t{take<std::uint16_t>()});
        return true;
      case PickleOp::long1:
        push(take_long());
        return true;
      case PickleOp::bin_float:  // the one big-endian number of the format
        push(std::bit_cast<double>(__builtin_bswap64(take<std::uint64_t>())));
        return true;
      default:
        return false;
    }
  }

  bool read_text(PickleOp code) {
    switch (code) {
      case PickleOp::short_bin_unicode:
        push(take_text(take<std::uint8_t>()));
        return true;
      case PickleOp::bin_unicode:
        push(take_text(take<std::uint32_t>()));
        return true;
      case PickleOp::bin_unicode8:
        push(take_text(take<std::uint64_t>()));
        return true;
      case PickleOp::short_bin_bytes:
        push(PickleBytes{take_text(take<std::uint8_t>())});
        return true;
      case PickleOp::bin_bytes:
        push(PickleBytes{take_text(take<std::uint32_t>())});
        return true;
      case PickleOp::bin_bytes8:
      case PickleOp::byte_array8:
        push(PickleBytes{take_text(take<std::uint64_t>())});
        return true;
      default:
        return false;
    }
  }

  bool read_container(PickleOp code) {
    switch (code) {
      case PickleOp::mark:
        if (marks_.size() == kMostMarks) refuse("expected at most 64 nested marks, found more");
        marks_.push_back(stack_.size());
        return true;
      case PickleOp::empty_tuple:
        push(PickleTuple{});
        return true;
      case PickleOp::tuple:
        push(PickleTuple{pop_to_mark()});
        return true;
      case PickleOp::tuple1:
      case PickleOp::tuple2:
      case PickleOp::tuple3:
        push(PickleTuple{pop_last(static_cast<std::size_t>(code) -
                                  static_cast<std::size_t>(PickleOp::tuple1) + 1)});
        return true;
      case PickleOp::empty_list:
        push(PickleList{});
        return true;
      case PickleOp::append:
        append(pop_last(1));
        return true;
      case PickleOp::appends:
        append(pop_to_mark());
        return true;
      case PickleOp::empty_set:
        push(PickleSet{});
        return true;
      case PickleOp::frozen_set:
        push(PickleSet{pop_to_mark()});
        return true;
      case PickleOp::add_items:
        add_items(pop_to_mark());
        return true;
      case PickleOp::empty_dict:
        push(PickleDict{});
        return true;
      case PickleOp::set_item:
        set_items(pop_last(2));
        return true;
      case PickleOp::set_items:
        set_items(pop_to_mark());
        return true;
      default:
        return false;
    }
  }

  bool read_memo(PickleOp code) {
    switch (code) {
      case PickleOp::bin_put:
        remember(take<std::uint8_t>());
        return true;
      case PickleOp::long_bin_put:
        remember(take<std::uint32_t>());
        return true;
      case PickleOp::memoize:
        remember(static_cast<std::uint32_t>(memo_.size()));
        return true;
      case PickleOp::bin_get:
        push_memo(take<std::uint8_t>());
        return true;
      case PickleOp::long_bin_get:
        push_memo(take<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  bool read_object(PickleOp code) {
    switch (code) {
      case PickleOp::global:
        push(take_global());
        return true;
      case PickleOp::stack_global:
        push(pop_global());
        return true;
      case PickleOp::frame:
        skip_frame();
        return true;
      case PickleOp::bin_persistent_id:
        push(PicklePersistentId{pop()});
        return true;
      case PickleOp::reduce:
        reduce();
        return true;
      case PickleOp::new_object:
        new_object();
        return true;
      case PickleOp::build:
        build();
        return true;
      default:
        return false;
    }
  }

  template <class Number>
  Number take() {
    return reader_.take_number<Number>("the pickle");
  }

  std::string_view take_text(std::uint64_t size) {
    return reader_.take_text(size, "text in the pickle");
  }

  // A frame tells only how far one may read ahead.
  void skip_frame() {
    const auto size = take<std::uint64_t>();
    if (size > reader_.remaining())
      refuse("expected a frame within the pickle, found a longer one");
  }

  // Two's complement, as short as it could be written.
  std::int64_t take_long() {
    const auto size = take<std::uint8_t>();
    if (size > 8) refuse("expected integers of at most 8 bytes, found a longer one");
    std::uint64_t value = 0;
    std::uint8_t last = 0;
    for (unsigned i = 0; i < size; ++i) {
      last = take<std::uint8_t>();
      value |= std::uint64_t{last} << (8 * i);
    }
    if (last >= 0x80 && size < 8) value |= ~std::uint64_t{0} << (8 * size);
    return std::bit_cast<std::int64_t>(value);
  }

  std::string_view take_line() {
    const char* begin = nullptr;
    std::size_t size = 0;
    for (;;) {
      const std::string_view character = reader_.take_text(1, "a name in the pickle");
      if (begin == nullptr) begin = character.data();
      if (character[0] == '\n') return {begin, size};
      ++size;
    }
  }

  PickleGlobal take_global() {
    const std::string_view module = take_line();
    return checked({module, take_line()});
  }

  PickleGlobal pop_global() {
    const auto* name = pop()->as<std::string_view>();
    const auto* module = pop()->as<std::string_view>();
    if (name == nullptr || module == nullptr) {
      refuse("expected a module and a name in it, found something else");
    }
    return checked({*module, *name});
  }

  bool is_class(const PickleGlobal& global) const {
    return is_one_of(rules_.classes, global) ||
           (!rules_.class_module.empty() && is_below(global.module, rules_.class_module));
  }

  PickleGlobal checked(const PickleGlobal& global) const {
    if (!is_class(global) && !is_ordered_dict(global) && !is_one_of(rules_.globals, global)) {
      fail(ErrorKind::unsupported, source_,
           ": expected only what a file of weights refers to, found that it asks for ",
           printable(to_string(global)), ": save the model's state_dict() alone");
    }
    return global;
  }

  void reduce() {
    const PickleValue* arguments = pop();
    const auto* function = pop()->as<PickleGlobal>();
    const auto* tuple = arguments->as<PickleTuple>();
    if (function == nullptr || tuple == nullptr) {
      refuse("expected a call of a known function, found something else");
    }
    if (is_ordered_dict(*function)) {
      if (!tuple->items.empty())
        refuse("expected an empty OrderedDict to be made, found arguments");
      push(PickleDict{});
    } else {
      push(PickleCall{*function, arguments, nullptr});
    }
  }

  void new_object() {
    const auto* arguments = pop()->as<PickleTuple>();
    const auto* type = pop()->as<PickleGlobal>();
    const bool is_known = type != nullptr && is_class(*type);
    if (!is_known || arguments == nullptr || !arguments->items.empty()) {
      refuse("expected no object but a module's, found another one");
    }
    push(PickleObject{*type, nullptr});
  }

  // On a dict this sets attributes (PyTorch's _metadata), which hold no weights.
  void build() {
    const PickleValue* state = pop();
    PickleValue* target = top();
    if (auto* object = std::get_if<PickleObject>(&target->data)) {
      object->state = state;
    } else if (auto* call = std::get_if<PickleCall>(&target->data)) {
      call->state = state;
    } else if (target->as<PickleDict>() == nullptr) {
      refuse(concat("expected state for an object, found it for ", kind_of(*target)));
    }
  }

  void append(const Items& items) {
    auto* list = std::get_if<PickleList>(&top()->data);
    if (list == nullptr) refuse("expected a list to append to, found something else");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }

  void add_items(const Items& items) {
    auto* set = std::get_if<PickleSet>(&top()->data);
    if (set == nullptr) refuse("expected a set to add to, found something else");
    set->items.insert(set->items.end(), items.begin(), items.end());
  }

  void set_items(const Items& items) {
    auto* dict = std::get_if<PickleDict>(&top()->data);
    if (dict == nullptr || items.size() % 2 != 0) {
      refuse("expected keys and values for a dict, found something else");
    }
    for (std::size_t i = 0; i < items.size(); i += 2) {
      dict->items.emplace_back(items[i], items[i + 1]);
    }
  }

  template <class Data>
  void push(Data data) {
    if (values_.size() == kMostValues) refuse("expected at most 2^20 values, found more");
    values_.push_back(PickleValue{std::move(data)});
    push_pointer(&values_.back());
  }

  void remember(std::uint32_t index) {
    if (memo_.size() == kMostValues) refuse("expected at most 2^20 values remembered, found more");
    memo_[index] = top();
  }

  void push_memo(std::uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) {
      refuse(concat("expected a value remembered as ", index, ", found none"));
    }
    push_pointer(found->second);
  }

  void push_pointer(PickleValue* value) {
    if (stack_.size() == kMostValues) refuse("expected at most 2^20 values, found more");
    stack_.push_back(value);
  }

  // What lies below the innermost mark is out of reach until the mark is gone.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  PickleValue* top() {
    if (stack_.size() <= floor()) refuse("expected a value on the stack, found none");
    return stack_.back();
  }

  PickleValue* pop() {
    PickleValue* value = top();
    stack_.pop_back();
    return value;
  }

  Items pop_last(std::size_t count) {
    if (stack_.size() - floor() < count) refuse("expected a value on the stack, found none");
    Items items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }

  Items pop_to_mark() {
    if (marks_.empty()) refuse("expected a mark on the stack, found none");
    Items items = pop_last(stack_.size() - marks_.back());
    marks_.pop_back();
    return items;
  }

  [[noreturn]] void refuse(std::string_view what) const {
    fail(ErrorKind::format, source_, ": ", what, " (byte ", reader_.position(), " of the pickle)");
  }

  ByteReader reader_;
  const std::string& source_;
  const PickleRules& rules_;
  std::deque<PickleValue>& values_;
  std::vector<PickleValue*> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint32_t, PickleValue*> memo_;
  std::uint8_t protocol_ = 0;
};

}  // namespace

Pickle read_leading_pickle(std::span<const std::byte> bytes, const std::string& source,
                           const PickleRules& rules) {
  Pickle pickle;
  Machine machine(bytes.first(std::min(bytes.size(), kMostBytes)), source, rules, pickle.values_);
  pickle.root_ = machine.run();
  pickle.size_ = machine.position();
  return pickle;
}

Pickle read_pickle(std::span<const std::byte> bytes, const std::string& source,
                   const PickleRules& rules) {
  if (bytes.size() > kMostBytes) {
    fail(ErrorKind::unsupported, source, ": expected a pickle of at most ", kMostBytes,
         " bytes, found ", bytes.size());
  }
  Pickle pickle = read_leading_pickle(bytes, source, rules);
  if (pickle.size() != bytes.size()) {
    fail(ErrorKind::format, source, ": expected the pickle's end at byte ", pickle.size(),
         ", found more bytes");
  }
  return pickle;
}

}  // namespace sotto
