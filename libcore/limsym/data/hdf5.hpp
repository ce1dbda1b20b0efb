// HDF5 through a module that is loaded on first use, because libhdf5 triples the start-up of a program linked to it.
#pragma once

#include <armadillo>
#include <map>
#include <string>
#include <vector>

namespace limsym::data {

/// Contents of a small HDF5 file: 2-D or 1-D numeric datasets and string datasets by absolute path ("/model/factor").
struct Hdf5Content {
    std::map<std::string, arma::mat> matrices;
    std::map<std::string, std::string> strings;
};

/// One numeric dataset as a matrix (1-D: one column). @param dataset empty: the only one in the file, else an error
/// that names those there are. @throws InputError; WorkError when the module is missing
[[nodiscard]] arma::mat read_hdf5_matrix(const std::string& file, const std::string& dataset);
/// Every dataset of a file that limsym wrote. @throws InputError on a damaged file
[[nodiscard]] Hdf5Content read_hdf5(const std::string& file);
/// Writes a file atomically, no compression.
void write_hdf5(const std::string& file, const Hdf5Content& content);

} // namespace limsym::data
