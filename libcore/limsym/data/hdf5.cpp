#include "limsym/data/hdf5.hpp"

#include "limsym/base/error.hpp"

namespace limsym::data {

arma::mat read_hdf5_matrix(const std::string& file, const std::string&) {
    throw base::WorkError(file, "the module that reads HDF5 (limsym_hdf5) is missing");
}

} // namespace limsym::data
