#include "run/wire/remote_backend.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "core/base/input_file.h"
#include "core/base/scratch_file.h"
#include "core/bundle/graph_table.h"
#include "run/backends/registry.h"
#include "run/graph_server/graph_server.h"
#include "run/wire/changed_parts.h"

namespace sotto {
namespace {

/// The device's program, spoken with.
class GraphLink : public GraphStream {
 public:
  explicit GraphLink(const RemoteGraphs& graphs)
      : wire_(graphs.wire), child_(start([&] { return wire_->open(graphs.words, log_.path()); })) {}

  [[nodiscard]] const std::string& device() const { return wire_->name(); }

  void read(std::span<std::byte> bytes) override {
    guarded([&] { child_->read(bytes); });
  }
  void write(std::span<const std::byte> bytes) override {
    guarded([&] { child_->write(bytes); });
  }

  /// Passes when the device has done what it was asked, and throws what went wrong there.
  void expect_done() {
    if (read_number<GraphAnswer>(*this) == GraphAnswer::done) return;
    const auto kind = read_number<std::uint32_t>(*this);
    const auto most = static_cast<std::uint32_t>(ErrorKind::internal);
    const std::string said = read_text(*this);
    fail(static_cast<ErrorKind>(std::min(kind, most)), device(), ": ", said);
  }

  [[nodiscard]] std::uint32_t take_number() { return next_++; }

 private:
  // The device's program says why it has ended on its standard error.
  template <class Act>
  void guarded(const Act& act) {
    try {
      act();
    } catch (const Error&) {
      fail_with_log();
    }
  }
  template <class Start>
  [[nodiscard]] std::unique_ptr<ChildProcess> start(const Start& begin) {
    try {
      return begin();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::io) throw;
      fail_with_log();
    }
  }
  [[noreturn]] void fail_with_log() const {
    const std::string said = last_words();
    fail(ErrorKind::io, device(), ": its program ended before it had answered",
         said.empty() ? "" : ": ", said);
  }
  [[nodiscard]] std::string last_words() const;

  std::shared_ptr<Wire> wire_;
  ScratchFile log_;
  std::unique_ptr<ChildProcess> child_;
  std::uint32_t next_ = 0;
};

std::string GraphLink::last_words() const {
  constexpr std::size_t kMost = 1 << 12;
  const auto file = InputFile::open(log_.path());
  std::string text(std::min<std::uint64_t>(file->size(), kMost), '\0');
  text.resize(file->read(file->size() - text.size(), std::as_writable_bytes(std::span(text))));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  const auto begin = text.rfind('\n');
  return text.substr(begin == std::string::npos ? 0 : begin + 1);
}

class RemoteExecutable : public Executable {
 public:
  RemoteExecutable(std::shared_ptr<GraphLink> link, const ModelPart& part)
      : link_(std::move(link)),
        name_(part.name),
        signature_(part.signature),
        bound_(signature_.inputs.size()),
        sent_(signature_.inputs.size()) {
    write_number(*link_, GraphRequest::load);
    write_text(*link_, graph_name(part));
    link_->expect_done();
    number_ = link_->take_number();
  }

  [[nodiscard]] const Signature& signature() const override { return signature_; }

  void bind_input(std::size_t index, Tensor& tensor) override { bound_.at(index) = &tensor; }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    std::vector<const Tensor*> all(inputs.begin(), inputs.end());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (bound_.at(i) != nullptr) all[i] = bound_[i];
    }
    const std::int64_t extent = check_shapes(all, outputs);
    write_number(*link_, GraphRequest::run);
    write_number(*link_, number_);
    write_number(*link_, extent);
    for (std::size_t i = 0; i < all.size(); ++i) send(i, *all[i], extent);
    extent_ = extent;
    link_->expect_done();
    for (Tensor* output : outputs) receive(*output);
  }

 private:
  [[nodiscard]] static std::string graph_name(const ModelPart& part) {
    for (const GraphEntry& entry : graph_table()) {
      if (entry.title == part.name) return std::string(entry.name);
    }
    fail(ErrorKind::unsupported, "a device runs the graphs of a bundle, and the ", part.name,
         " is none");
  }

  /// The extent of the variable axes.
  [[nodiscard]] std::int64_t check_shapes(const std::vector<const Tensor*>& inputs,
                                          std::span<Tensor* const> outputs) const {
    std::int64_t extent = 0;
    const auto check = [&](const Signature::Port& port, const Tensor* tensor) {
      const bool is_there = tensor != nullptr && tensor->shape().size() == port.shape.size();
      if (is_there && port.variable_axis && extent == 0) {
        extent = tensor->shape()[static_cast<std::size_t>(*port.variable_axis)];
      }
      if (is_there && tensor->shape() == shape_at(port, extent) && tensor->dtype() == port.dtype) {
        return;
      }
      fail(ErrorKind::mismatch, "the ", name_, ": ", port.name, ": expected ",
           to_string(port.shape), ", found ",
           tensor == nullptr ? std::string("nothing") : to_string(tensor->shape()));
    };
    for (std::size_t i = 0; i < signature_.inputs.size(); ++i)
      check(signature_.inputs[i], inputs[i]);
    for (std::size_t i = 0; i < signature_.outputs.size(); ++i) {
      check(signature_.outputs[i], outputs[i]);
    }
    return extent;
  }

  void send(std::size_t index, const Tensor& tensor, std::int64_t extent) {
    std::vector<std::byte>& sent = sent_[index];
    const std::span<const std::byte> now{tensor.data(), tensor.bytes()};
    const bool begins_anew = signature_.inputs[index].variable_axis && extent != extent_;
    if (begins_anew || sent.size() != now.size()) sent.assign(now.size(), std::byte{0});
    const auto parts = changed_parts(sent, now);
    write_number(*link_, static_cast<std::uint32_t>(parts.size()));
    for (const ChangedPart& part : parts) {
      write_number(*link_, static_cast<std::uint64_t>(part.offset));
      write_number(*link_, static_cast<std::uint64_t>(part.bytes));
      link_->write(now.subspan(part.offset, part.bytes));
    }
    std::copy(now.begin(), now.end(), sent.begin());
  }

  void receive(Tensor& output) {
    const auto bytes = read_number<std::uint64_t>(*link_);
    if (bytes != output.bytes()) {
      fail(ErrorKind::mismatch, link_->device(), ": the ", name_, ": expected an output of ",
           output.bytes(), " bytes, found ", bytes);
    }
    link_->read({output.data(), output.bytes()});
  }

  std::shared_ptr<GraphLink> link_;
  std::string name_;
  Signature signature_;
  std::vector<const Tensor*> bound_;
  std::vector<std::vector<std::byte>> sent_;  ///< as the device has the inputs
  std::uint32_t number_ = 0;
  std::int64_t extent_ = -1;
};

class RemoteBackend : public Backend {
 public:
  RemoteBackend(const RemoteGraphs& graphs, const BackendOptions& options)
      : local_(describe_backend(graphs.backend, options)),
        link_(std::make_shared<GraphLink>(graphs)) {}

  [[nodiscard]] std::string_view name() const override { return local_->name(); }
  [[nodiscard]] Availability available() const override { return {true, ""}; }
  [[nodiscard]] std::string_view form() const override { return local_->form(); }
  [[nodiscard]] const PartFile* file(const ModelPart& part) const override {
    return local_->file(part);
  }
  [[nodiscard]] bool binds_inputs() const override { return local_->binds_inputs(); }
  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    return std::make_unique<RemoteExecutable>(link_, part);
  }

 private:
  std::unique_ptr<Backend> local_;  ///< for what it says of parts; it runs none
  std::shared_ptr<GraphLink> link_;
};

}  // namespace

std::unique_ptr<Backend> make_remote_backend(const RemoteGraphs& graphs,
                                             const BackendOptions& options) {
  return std::make_unique<RemoteBackend>(graphs, options);
}

}  // namespace sotto
