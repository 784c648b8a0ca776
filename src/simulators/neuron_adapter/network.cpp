#include "simulators/neuron_adapter/network.h"

#include <algorithm>
#include <cstring>

#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

using namespace neuron;

constexpr char kMagic[16] = "sotto simulated";  // with the zero at its end
constexpr std::size_t kAlignment = 64;

struct Header {
  char magic[16];
  std::uint64_t check = 0;        ///< of everything behind the header
  std::uint64_t graph_bytes = 0;  ///< behind the header
  std::uint64_t constants = 0;    ///< elements; they begin at the next multiple of kAlignment
};

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

/// Notices what was cut off or changed; no guard against anyone who means it.
std::uint64_t check_of(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0x9E3779B97F4A7C15U ^ bytes.size();
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
    sum = (sum ^ word) * 0xFF51AFD7ED558CCDU;
    sum ^= sum >> 32U;
  }
  return sum;
}

class Writer {
 public:
  template <class T>
  void number(T value) {
    const auto* first = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), first, first + sizeof(value));
  }
  template <class T>
  void list(const std::vector<T>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    for (const T& value : values) number(value);
  }
  void text(const std::string& value) { list(std::vector<char>(value.begin(), value.end())); }

  std::vector<std::byte> bytes;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    if (bytes_.size() < sizeof(T)) refuse(kBadData, "a compiled network ends too early");
    T value;
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_ = bytes_.subspan(sizeof(T));
    return value;
  }
  template <class T>
  std::vector<T> list() {
    const auto count = number<std::uint32_t>();
    if (count > bytes_.size() / sizeof(T)) refuse(kBadData, "a compiled network ends too early");
    std::vector<T> values;
    values.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) values.push_back(number<T>());
    return values;
  }
  [[nodiscard]] bool is_at_end() const { return bytes_.empty(); }
  std::string text() {
    const auto letters = list<char>();
    return {letters.begin(), letters.end()};
  }

 private:
  std::span<const std::byte> bytes_;
};

std::vector<std::byte> write_graph(const Network& network) {
  Writer out;
  for (const auto part : {network.version.major, network.version.minor, network.version.patch}) {
    out.number(part);
  }
  out.text(network.soc);
  out.text(network.name);
  out.number(static_cast<std::uint32_t>(network.tensors.size()));
  for (const NetworkTensor& tensor : network.tensors) {
    out.list(tensor.extents);
    out.number(static_cast<std::uint8_t>(tensor.is_constant));
    out.number(tensor.first);
  }
  out.number(static_cast<std::uint32_t>(network.operations.size()));
  for (const NetworkOperation& operation : network.operations) {
    out.number(operation.kind);
    out.list(operation.inputs);
    out.number(operation.output);
    out.list(operation.integers);
    out.list(operation.reals);
  }
  out.list(network.inputs);
  out.list(network.outputs);
  if (!network.int8_ports.empty()) out.list(network.int8_ports);
  return std::move(out.bytes);
}

void read_graph(Reader& in, Network& network) {
  network.version = {in.number<std::uint8_t>(), in.number<std::uint8_t>(),
                     in.number<std::uint8_t>()};
  network.soc = in.text();
  network.name = in.text();
  const auto tensors = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < tensors; ++i) {
    NetworkTensor tensor;
    tensor.extents = in.list<std::uint32_t>();
    tensor.is_constant = in.number<std::uint8_t>() != 0;
    tensor.first = in.number<std::uint64_t>();
    network.tensors.push_back(std::move(tensor));
  }
  const auto operations = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < operations; ++i) {
    NetworkOperation operation;
    operation.kind = in.number<Kind>();
    operation.inputs = in.list<std::uint32_t>();
    operation.output = in.number<std::uint32_t>();
    operation.integers = in.list<std::int32_t>();
    operation.reals = in.list<float>();
    network.operations.push_back(std::move(operation));
  }
  network.inputs = in.list<std::uint32_t>();
  network.outputs = in.list<std::uint32_t>();
  if (!in.is_at_end()) network.int8_ports = in.list<std::uint32_t>();
}

void check_graph(const Network& network) {
  const auto check_tensor = [&](std::uint32_t index) {
    if (index >= network.tensors.size()) refuse(kBadData, "a compiled network is damaged");
  };
  for (const NetworkTensor& tensor : network.tensors) {
    if (tensor.is_constant &&
        (tensor.first > network.constants.size() ||
         count_elements(tensor.extents) > network.constants.size() - tensor.first)) {
      refuse(kBadData, "a compiled network is damaged");
    }
  }
  for (const NetworkOperation& operation : network.operations) {
    if (static_cast<std::uint32_t>(operation.kind) >= kStoredKinds || operation.inputs.empty()) {
      refuse(kBadData, "a compiled network is damaged");
    }
    for (const std::uint32_t input : operation.inputs) check_tensor(input);
    check_tensor(operation.output);
  }
  for (const std::uint32_t input : network.inputs) check_tensor(input);
  for (const std::uint32_t output : network.outputs) check_tensor(output);
}

void check_fit(const Network& network) {
  if (network.version.major != switches().version.major) {
    refuse(kBadData, "the network was compiled by version ", int{network.version.major},
           ", and this is version ", int{switches().version.major},
           ", which loads networks of its own major version alone");
  }
  if (network.soc != soc()) {
    refuse(kBadData, "the network was compiled for ", network.soc, ", and this is ", soc());
  }
}

}  // namespace

std::vector<std::byte> store(const Network& network) {
  const std::vector<std::byte> graph = write_graph(network);
  Header header{};
  std::copy(std::begin(kMagic), std::end(kMagic), header.magic);
  header.graph_bytes = graph.size();
  header.constants = network.constants.size();
  const std::size_t first = aligned(sizeof(Header) + graph.size());
  std::vector<std::byte> bytes(first + network.constants.size_bytes());
  std::copy(graph.begin(), graph.end(), bytes.begin() + sizeof(Header));
  const auto constants = std::as_bytes(network.constants);
  std::copy(constants.begin(), constants.end(), bytes.begin() + static_cast<std::ptrdiff_t>(first));
  header.check = check_of(std::span<const std::byte>(bytes).subspan(sizeof(Header)));
  std::memcpy(bytes.data(), &header, sizeof(Header));
  return bytes;
}

Network restore(std::span<const std::byte> bytes) {
  Header header{};
  if (bytes.size() < sizeof(Header)) refuse(kBadData, "these bytes are no compiled network");
  std::memcpy(&header, bytes.data(), sizeof(Header));
  if (!std::equal(std::begin(kMagic), std::end(kMagic), header.magic)) {
    refuse(kBadData, "these bytes are no compiled network of this simulator's");
  }
  const auto behind = bytes.subspan(sizeof(Header));
  if (header.graph_bytes > behind.size() ||
      header.constants >
          (bytes.size() - std::min(bytes.size(), aligned(sizeof(Header) + header.graph_bytes))) /
              sizeof(Half) ||
      header.check != check_of(behind)) {
    refuse(kBadData, "a compiled network is cut off or damaged");
  }
  const std::size_t first = aligned(sizeof(Header) + header.graph_bytes);
  const auto* constants = bytes.data() + first;
  if (reinterpret_cast<std::uintptr_t>(constants) % alignof(Half) != 0) {
    refuse(kBadData, "a compiled network lies at an odd address");
  }
  Network network;
  network.constants = {reinterpret_cast<const Half*>(constants), header.constants};
  Reader reader(behind.first(header.graph_bytes));
  read_graph(reader, network);
  check_graph(network);
  check_fit(network);
  return network;
}

}  // namespace sotto::simulator
