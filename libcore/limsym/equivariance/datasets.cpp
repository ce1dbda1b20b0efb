#include "limsym/equivariance/datasets.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::equivariance {

namespace {

const std::vector<std::string> kind_names{"o5", "inertia", "particle", "cossim"};
const std::vector<std::string> symmetry_names{"so3-scale", "so3", "scale", "none"};

double softplus(double x) {
    return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

arma::vec o5_target(const arma::vec& x) {
    const arma::vec a = x.subvec(0, 4);
    const arma::vec b = x.subvec(5, 9);
    const double na = arma::norm(a);
    const double nb = arma::norm(b);
    return {std::sin(na) - 0.5 * nb * nb * nb + arma::dot(a, b) / (na * nb)};
}

arma::vec inertia_target(const arma::vec& x, std::size_t k, double eps, int axis) {
    arma::mat tensor(3, 3, arma::fill::zeros);
    for (std::size_t i = 0; i < k; ++i) {
        const arma::vec r = x.subvec(k + 3 * i, k + 3 * i + 2);
        tensor += x(i) * (arma::dot(r, r) * arma::mat(3, 3, arma::fill::eye) - r * r.t());
    }
    if (axis < 0) {
        tensor.col(0) *= 1.0 - eps;
        tensor.col(1) *= 1.0 + eps;
    } else {
        tensor.col(static_cast<arma::uword>(axis)) *= 1.0 + eps;
    }
    return arma::vectorise(tensor.t());
}

arma::vec particle_target(const arma::vec& x) {
    const arma::vec4 eta{1.0, -1.0, -1.0, -1.0};
    const auto momentum = [&](std::size_t i) -> arma::vec { return x.subvec(4 * i, 4 * i + 3); };
    const auto product = [&](const arma::vec& a, const arma::vec& b) { return arma::accu(a % eta % b); };
    const arma::vec p1 = momentum(0);
    const arma::vec p2 = momentum(1);
    const arma::vec p3 = momentum(2);
    const arma::vec p4 = momentum(3);
    const arma::mat metric = arma::diagmat(arma::vec(eta));
    const arma::mat left = p1 * p3.t() - (product(p1, p3) - product(p1, p1)) * metric;
    const arma::mat right = (eta % p2) * (eta % p4).t() - (product(p2, p4) - product(p2, p2)) * metric;
    return {4.0 * arma::accu(left % right)};
}

arma::vec cossim_target(const arma::vec& x, std::size_t k, CossimSymmetry symmetry, double eps) {
    const arma::mat r = arma::reshape(x, 3, k);
    double cosine = 0.0;
    double radius = 0.0;
    double first = 0.0;
    double second = 0.0;
    for (std::size_t i = 0; i < k; ++i) {
        const std::size_t next = (i + 1) % k;
        cosine += arma::dot(r.col(i), r.col(next)) / (arma::norm(r.col(i)) * arma::norm(r.col(next)));
        radius += arma::norm(r.col(i));
        (i < k / 2 ? first : second) += arma::norm(r.col(i), 1);
    }
    cosine /= static_cast<double>(k);
    radius /= static_cast<double>(k);
    const double fraction = first / second;
    switch (symmetry) {
    case CossimSymmetry::so3:
        return {cosine - eps * radius};
    case CossimSymmetry::scale:
        return {cosine - eps * fraction};
    case CossimSymmetry::none:
        return {cosine - eps * radius + eps * fraction};
    case CossimSymmetry::so3_scale:
        break;
    }
    return {cosine};
}

} // namespace

std::size_t Dataset::count() const {
    if (k > 0) return k;
    return kind == DatasetKind::inertia ? 5 : 3;
}

std::size_t Dataset::inputs() const {
    switch (kind) {
    case DatasetKind::o5:
        return 10;
    case DatasetKind::particle:
        return 16;
    case DatasetKind::inertia:
        return 4 * count();
    case DatasetKind::cossim:
        break;
    }
    return 3 * count();
}

std::size_t Dataset::outputs() const {
    return kind == DatasetKind::inertia ? 9 : 1;
}

arma::vec Dataset::target(const arma::vec& x) const {
    switch (kind) {
    case DatasetKind::o5:
        return o5_target(x);
    case DatasetKind::particle:
        return particle_target(x);
    case DatasetKind::inertia:
        return inertia_target(x, count(), eps, axis);
    case DatasetKind::cossim:
        break;
    }
    return cossim_target(x, count(), symmetry, eps);
}

arma::vec Dataset::draw(base::RandomStream& stream) const {
    arma::vec x(inputs(), arma::fill::none);
    numerics::fill_normal(stream, x.memptr(), x.n_elem);
    if (kind == DatasetKind::particle) x /= 4.0;
    if (kind == DatasetKind::inertia)
        for (std::size_t i = 0; i < count(); ++i)
            x(i) = softplus(x(i));
    return x;
}

std::string Dataset::group() const {
    switch (kind) {
    case DatasetKind::o5:
        return "O(5)";
    case DatasetKind::particle:
        return "O(1,3)";
    case DatasetKind::inertia:
        if (eps == 0.0) return "O(3)";
        return axis == 0 ? "O(2)@1,2/3" : axis == 1 ? "O(2)@0,2/3" : axis == 2 ? "O(2)@0,1/3" : "Trivial(3)";
    case DatasetKind::cossim:
        break;
    }
    if (symmetry == CossimSymmetry::so3_scale || eps == 0.0) return "O(3)|Scaling(3)";
    return symmetry == CossimSymmetry::so3 ? "O(3)" : symmetry == CossimSymmetry::scale ? "Scaling(3)" : "Trivial(3)";
}

std::string Dataset::rep_in() const {
    const std::string n = std::to_string(count());
    switch (kind) {
    case DatasetKind::o5:
        return "2V";
    case DatasetKind::particle:
        return "4V";
    case DatasetKind::inertia:
        return n + "S+" + n + "V";
    case DatasetKind::cossim:
        break;
    }
    return n + "V";
}

std::string Dataset::rep_out() const {
    return kind == DatasetKind::inertia ? "T(2)" : "S";
}

std::string dataset_name(DatasetKind kind) {
    return kind_names[static_cast<std::size_t>(kind)];
}

std::string symmetry_name(CossimSymmetry symmetry) {
    return symmetry_names[static_cast<std::size_t>(symmetry)];
}

DatasetKind parse_dataset_kind(const std::string& text, const std::string& option) {
    const auto found = std::find(kind_names.begin(), kind_names.end(), text);
    if (found == kind_names.end())
        throw base::InputError(option, base::quoted(text) + " is no kind of data" +
                                           base::did_you_mean(text, kind_names) + "; expected one of " +
                                           base::join(kind_names));
    return static_cast<DatasetKind>(found - kind_names.begin());
}

CossimSymmetry parse_cossim_symmetry(const std::string& text, const std::string& option) {
    const auto found = std::find(symmetry_names.begin(), symmetry_names.end(), text);
    if (found == symmetry_names.end())
        throw base::InputError(option, base::quoted(text) + " is no symmetry of cossim; expected one of " +
                                           base::join(symmetry_names));
    return static_cast<CossimSymmetry>(found - symmetry_names.begin());
}

Dataset parse_dataset(const std::string& text, const std::string& option) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    Dataset dataset;
    dataset.kind = parse_dataset_kind(text.substr(0, colon), option);
    std::size_t at = colon + 1;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::string word = text.substr(at, end - at);
        const std::size_t equals = std::min(word.find('='), word.size());
        const std::string key = word.substr(0, equals);
        const std::string value = equals < word.size() ? word.substr(equals + 1) : "";
        const auto fail = [&](const std::string& expected) {
            throw base::InputError(option, base::quoted(text) + ": " + base::quoted(word) + " is not known; expected " +
                                               expected);
        };
        if (key == "eps") {
            const auto number = base::parse_number(value);
            if (!number) fail("eps=NUMBER");
            dataset.eps = *number;
        } else if (key == "axis" && dataset.kind == DatasetKind::inertia) {
            const auto number = base::parse_integer(value);
            if (!number || *number < -1 || *number > 2) fail("axis=0, 1, 2 or -1");
            dataset.axis = static_cast<int>(*number);
        } else if (key == "sym" && dataset.kind == DatasetKind::cossim) {
            dataset.symmetry = parse_cossim_symmetry(value, option);
        } else if (key == "k" && (dataset.kind == DatasetKind::cossim || dataset.kind == DatasetKind::inertia)) {
            const auto number = base::parse_integer(value);
            if (!number || *number < 2 || *number > 1000) fail("k=2..1000");
            dataset.k = static_cast<std::size_t>(*number);
        } else {
            fail("eps=, axis= (inertia), sym= (cossim), k= (inertia, cossim)");
        }
        at = end + 1;
    }
    return dataset;
}

} // namespace limsym::equivariance
