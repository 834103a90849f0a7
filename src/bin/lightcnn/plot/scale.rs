//! Where values lie along an axis, and where its ticks are.

/// How values lie along an axis.
#[derive(Clone, Copy, Debug)]
pub enum Scale {
    /// Evenly, from the first value to the second.
    Linear(f64, f64),
    /// By their logarithm; both ends are above 0.
    Log(f64, f64),
    /// Percentages by the quantile of the normal distribution, as a DET curve has them (Martin et al., *The DET curve
    /// in assessment of detection task performance*, Eurospeech 1997): normally distributed scores give straight
    /// lines. Both ends lie between 0 and 100.
    Probit(f64, f64),
}

/// Percentages that are ticks of [`Scale::Probit`], as far as there is room for them.
const PERCENTAGES: [f64; 17] =
    [0.0001, 0.001, 0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 90.0, 95.0, 98.0, 99.0];

impl Scale {
    /// Both ends.
    pub fn ends(self) -> (f64, f64) {
        let (Scale::Linear(low, high) | Scale::Log(low, high) | Scale::Probit(low, high)) = self;
        (low, high)
    }

    /// The place of `value`, 0.0 at the first end to 1.0 at the second; values beyond an end lie at it.
    pub fn place(self, value: f64) -> f64 {
        let ((low, high), along) = (self.ends(), |value: f64| match self {
            Scale::Linear(..) => value,
            Scale::Log(..) => value.log10(),
            Scale::Probit(..) => normal_quantile(value / 100.0),
        });
        let value = value.clamp(low.min(high), low.max(high));
        (along(value) - along(low)) / (along(high) - along(low))
    }

    /// The values with a label.
    pub fn ticks(self) -> Vec<f64> {
        let (low, high) = self.ends();
        match self {
            Scale::Linear(..) => {
                let step = nice_step(high - low);
                let first = (low / step - 1e-9).ceil() as i64;
                (first..).map(|i| i as f64 * step).take_while(|v| *v <= high + 1e-9 * step).collect()
            }
            Scale::Log(..) => decades(low, high).collect(),
            Scale::Probit(..) => PERCENTAGES.into_iter().filter(|tick| (low..=high).contains(tick)).collect(),
        }
    }

    /// The values with a fine line and no label.
    pub fn fine_ticks(self) -> Vec<f64> {
        let (low, high) = self.ends();
        match self {
            Scale::Log(..) => decades(low / 10.0, high)
                .flat_map(|decade| (2..10).map(move |i| f64::from(i) * decade))
                .filter(|v| (low..=high).contains(v))
                .collect(),
            _ => Vec::new(),
        }
    }
}

fn decades(low: f64, high: f64) -> impl Iterator<Item = f64> {
    let first = (low.log10() - 1e-9).ceil() as i32;
    (first..).map(|power| 10_f64.powi(power)).take_while(move |decade| *decade <= high * (1.0 + 1e-9))
}

/// A step of 1, 2 or 5 times a power of ten that makes four to ten steps.
pub fn nice_step(most: f64) -> f64 {
    let power = 10_f64.powf((most / 4.0).log10().floor());
    [5.0, 2.0, 1.0].map(|step| step * power).into_iter().find(|step| *step <= most / 4.0).unwrap_or(power)
}

/// The number below which the share `p`, between 0 and 1, of a normal distribution lies. Peter Acklam's rational
/// approximation, of relative error below 1.2e-9.
fn normal_quantile(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    let polynomial = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    let tail = |p: f64| {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / polynomial(&D, q)
    };
    if p < 0.02425 {
        tail(p)
    } else if p > 1.0 - 0.02425 {
        -tail(1.0 - p)
    } else {
        let (q, r) = (p - 0.5, (p - 0.5).powi(2));
        polynomial(&A, r) * q / polynomial(&B, r)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_nice() {
        for (most, step) in [(294.0, 50.0), (85.0, 20.0), (40.0, 10.0), (1.0, 0.2)] {
            assert!((nice_step(most) - step).abs() < 1e-9, "{most}: {}", nice_step(most));
        }
    }

    #[test]
    fn ticks_lie_on_the_axis() {
        assert_eq!(Scale::Log(0.01, 100.0).ticks(), [0.01, 0.1, 1.0, 10.0, 100.0]);
        assert_eq!(Scale::Linear(80.0, 100.0).ticks(), [80.0, 85.0, 90.0, 95.0, 100.0]);
        assert_eq!(Scale::Linear(-0.4, 1.0).ticks().len(), 8);
        assert_eq!(Scale::Probit(0.05, 5.0).ticks(), [0.1, 0.5, 1.0, 2.0, 5.0]);
        for scale in [Scale::Log(0.01, 100.0), Scale::Linear(-3.0, 7.0), Scale::Probit(0.1, 60.0)] {
            let (low, high) = scale.ends();
            assert_eq!((scale.place(low), scale.place(high)), (0.0, 1.0));
            assert_eq!((scale.place(low - 1.0), scale.place(high + 1.0)), (0.0, 1.0));
        }
    }

    /// Values of tables of the normal distribution.
    #[test]
    fn quantiles() {
        for (p, x) in [(0.5, 0.0), (0.975, 1.959_963_985), (0.01, -2.326_347_874), (0.001, -3.090_232_306)] {
            assert!((normal_quantile(p) - x).abs() < 1e-8, "{p}");
        }
    }
}
