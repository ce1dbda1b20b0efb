#include "labelled_data_options.hpp"

#include "limsym/base/error.hpp"
#include "limsym/network/network.hpp"

namespace limsym::tools {

void declare(cli::Command& command, LabelledDataOptions& options) {
    command.group("Data");
    command.text(options.target, "--target", "COL", "column of the classes 0, 1, ..., by name or number from 1");
    command.text(options.features, "--features", "COL[,COL]", "columns of the inputs (all but the target)");
    command.input(options.labels, "--labels",
                  "idx1 file of the classes; DATA is an idx3 file of images then, pixels are divided by 255");
    command.integer(options.limit, "--limit", "N", 1, 1'000'000'000, "the first N rows only");
}

mixture::LabelledData read_data(const LabelledDataOptions& options, std::optional<std::size_t> classes,
                                bool needs_labels, cli::Context& context) {
    mixture::DataRequest request;
    request.source = context.source(options.files.empty() ? "-" : options.files.front());
    request.target = options.target;
    request.features = options.features;
    if (options.labels) request.labels = context.source(*options.labels);
    request.limit = options.limit;
    request.classes = classes;
    request.needs_labels = needs_labels;
    return mixture::read_labelled_data(request, context.memory());
}

mixture::LabelledData read_further_data(const LabelledDataOptions& options, const std::string& file,
                                        const std::optional<std::string>& labels, std::size_t classes,
                                        cli::Context& context) {
    if (options.labels && !labels)
        throw base::InputError("--test-labels", "is missing; expected the idx1 file of the classes of --test");
    mixture::DataRequest request;
    request.source = context.source(file);
    request.target = options.target;
    request.features = options.features;
    if (labels) request.labels = context.source(*labels);
    request.classes = classes;
    return mixture::read_labelled_data(request, context.memory());
}

void declare_model(cli::Command& command, std::optional<std::string>& file) {
    command.input(file, "--model", "network that train wrote, limsym/network@1 with weights and node variances")
        .required = true;
}

mixture::MapModel read_model(const std::optional<std::string>& file, cli::Context& context) {
    return mixture::read_map_model(network::read_network_file(context.source(file.value()).file));
}

} // namespace limsym::tools
