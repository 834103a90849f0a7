//! Which batch sizes ("gears") a number of faces is split into.

/// For every number of faces up to the largest gear, the gear to run next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gears {
    /// By number of faces; the first entry has no meaning.
    first: Vec<usize>,
    /// By number of faces, the gear that computes them in one run; the first entry has no meaning.
    one_run: Vec<usize>,
}

impl Gears {
    /// Finds the cheapest splits. `costs` are the gears, each at least 1, with what one run of each costs, in any
    /// unit; a gear may be run partly filled. Of equally cheap splits the one with fewer runs is taken, large
    /// gears first.
    pub(super) fn new(costs: &[(usize, f64)]) -> Gears {
        let largest = costs.iter().map(|(gear, _)| *gear).max().unwrap_or(1);
        let mut first = vec![largest; largest + 1];
        let mut best = vec![(0.0, 0_usize); largest + 1];
        for faces in 1..=largest {
            let options = costs.iter().map(|&(gear, cost)| {
                let (rest_cost, rest_runs) = best[faces.saturating_sub(gear)];
                (cost + rest_cost, rest_runs + 1, gear)
            });
            let cheapest = options.min_by(|a, b| {
                let by_gear = b.2.cmp(&a.2);
                a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(by_gear)
            });
            if let Some((cost, runs, gear)) = cheapest {
                best[faces] = (cost, runs);
                first[faces] = gear;
            }
        }
        let one_run = (0..=largest).map(|faces| {
            let holding = costs.iter().filter(|(gear, _)| *gear >= faces);
            holding.min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0))).map_or(largest, |(gear, _)| *gear)
        });
        Gears { one_run: one_run.collect(), first }
    }

    /// The largest gear.
    pub(super) fn largest(&self) -> usize {
        self.first.len() - 1
    }

    /// The gear to run next when `faces`, at least 1, are left. Above the largest gear that is the largest.
    pub(super) fn next(&self, faces: usize) -> usize {
        self.first[faces.min(self.largest())]
    }

    /// The gear that computes `faces`, 1 to the largest gear, in one run at least cost.
    pub(super) fn holding(&self, faces: usize) -> usize {
        self.one_run[faces]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(gears: &Gears, mut faces: usize) -> Vec<usize> {
        let mut runs = Vec::new();
        while faces > 0 {
            runs.push(gears.next(faces));
            faces = faces.saturating_sub(gears.next(faces));
        }
        runs
    }

    #[test]
    fn padding_is_taken_where_it_is_cheaper_than_another_run() {
        // A launch costs as much as four faces.
        let gears = Gears::new(&[(1, 5.0), (4, 8.0), (16, 20.0)]);
        assert_eq!(split(&gears, 1), [1]);
        assert_eq!(split(&gears, 2), [4]);
        assert_eq!(split(&gears, 5), [4, 1]);
        assert_eq!(split(&gears, 6), [4, 4]);
        assert_eq!(split(&gears, 9), [16]);
        assert_eq!(split(&gears, 37), [16, 16, 4, 1]);
    }

    #[test]
    fn where_padding_costs_most_it_is_not_taken() {
        let gears = Gears::new(&[(1, 1.0), (4, 4.0), (16, 16.0)]);
        assert_eq!(split(&gears, 7).iter().sum::<usize>(), 7);
        assert_eq!(split(&gears, 16), [16], "the fewest runs of equal cost");
    }

    /// Against every split there is.
    #[test]
    fn no_split_is_cheaper() {
        fn cheapest(costs: &[(usize, f64)], faces: usize) -> f64 {
            if faces == 0 {
                return 0.0;
            }
            let runs = costs.iter().map(|(gear, cost)| cost + cheapest(costs, faces.saturating_sub(*gear)));
            runs.fold(f64::INFINITY, f64::min)
        }
        let costs = [(2, 3.0), (3, 3.5), (8, 7.0)];
        let gears = Gears::new(&costs);
        for faces in 1..=8 {
            let cost: f64 = split(&gears, faces)
                .iter()
                .map(|run| costs.iter().find(|(gear, _)| gear == run).unwrap().1)
                .sum();
            assert_eq!(cost, cheapest(&costs, faces), "{faces} faces");
        }
    }

    /// What is run next fits into one run, of the gear it was chosen for or a cheaper one.
    #[test]
    fn one_run_holds_what_is_run_next() {
        let costs = [(1, 5.0), (4, 8.0), (8, 21.0), (16, 20.0)];
        let gears = Gears::new(&costs);
        for faces in 1..=16 {
            let next = gears.next(faces);
            let gear = gears.holding(next.min(faces));
            let cost = |gear| costs.iter().find(|(other, _)| *other == gear).unwrap().1;
            assert!(gear >= next.min(faces) && cost(gear) <= cost(next), "{faces} faces");
        }
        assert_eq!(gears.holding(5), 16, "of two that hold them the cheaper one");
    }

    #[test]
    fn one_gear_is_all_there_is() {
        let gears = Gears::new(&[(8, 1.0)]);
        assert_eq!(split(&gears, 17), [8, 8, 8]);
    }
}
