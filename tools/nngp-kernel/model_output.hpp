// --model-out of fit and classify fit: what can be known of the file before the work is known before it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/process/model.hpp"

namespace limsym::tools {

class ModelOutput {
public:
    /// @throws InputError when no file can be made there; WorkError when it is .h5 and the HDF5 module is missing
    ModelOutput(const std::optional<std::string>& file, cli::Context& context);

    /// Is the factor kept with the model?
    [[nodiscard]] bool keeps_factor() const { return hdf5_; }
    /// Writes the model as it is now, or at the end of the run when the factor is kept; nothing without a file.
    void write(std::shared_ptr<const process::Model> model) const;

private:
    std::string file_;
    bool hdf5_ = false;
    base::ByteSink sink_; // of the other forms
    cli::Context& context_;
};

} // namespace limsym::tools
