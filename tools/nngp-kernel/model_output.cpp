#include "model_output.hpp"

#include <utility>

#include "limsym/data/hdf5.hpp"

namespace limsym::tools {

ModelOutput::ModelOutput(const std::optional<std::string>& file, cli::Context& context)
    : file_(file.value_or("")), hdf5_(file && data::format_of_name(*file) == data::Format::h5), context_(context) {
    if (hdf5_)
        data::require_hdf5();
    else if (file)
        sink_ = context.file(*file);
}

void ModelOutput::write(std::shared_ptr<const process::Model> model) const {
    if (hdf5_)
        context_.at_commit([model = std::move(model), file = file_] { process::write_model_hdf5(file, *model); });
    else if (sink_)
        sink_(process::model_json(*model));
}

} // namespace limsym::tools
