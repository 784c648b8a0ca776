#include "loaded_model.h"

#ifdef SOTTO_COMPILE
#include "run/engine/checkpoint/load_model.h"
#endif

namespace sotto::cli {

#ifdef SOTTO_COMPILE

Model loaded_model(const std::filesystem::path& path, const std::optional<Bundle>& checked,
                   const ModelOptions& options) {
  return checked ? load_model(*checked, options, HashCheck::done) : load_model(path, options);
}

#else

Model loaded_model(const std::filesystem::path& path, const std::optional<Bundle>& checked,
                   const ModelOptions& options) {
  return checked ? Model::load(sources_of(*checked, HashCheck::done), options)
                 : Model::load(sources_of(Bundle::open(path)), options);
}

#endif

}  // namespace sotto::cli
